;;; Emacs with eglot as the client of the language server  -*- lexical-binding: t -*-
;; Run by run.sh:  emacs --batch -q -l eglot.el   in a workspace of its own, with `backuplint' in the PATH.
;; Batch mode has no command loop: the hooks and commands of a live Emacs are called by hand.

(require 'package)
(package-initialize)

(defvar passed 0)
(defvar failed 0)
(defvar patience (string-to-number (or (getenv "E2E_PATIENCE_S") "20")))

(defun check (ok what &rest arguments)
  (if ok (setq passed (1+ passed)) (setq failed (1+ failed)))
  (princ (format "%s %s\n" (if ok "ok  " "FAIL") (apply #'format what arguments)))
  ok)

(defun wait (condition)
  "Wait until CONDITION gives something, with answers of the server handled meanwhile."
  (let ((end (+ (float-time) patience)) value)
    (while (and (not (setq value (funcall condition))) (< (float-time) end))
      (accept-process-output nil 0.02))
    value))

(defun documented (text)
  "The block of Lisp in the README that holds TEXT: what is written there is what is tested."
  (with-temp-buffer
    (insert-file-contents (getenv "E2E_README"))
    (let (block)
      (while (and (not block) (re-search-forward "^```elisp\n\\(\\(?:.*\n\\)*?\\)```$" nil t))
        (when (string-match-p (regexp-quote text) (match-string 1))
          (setq block (match-string 1))))
      (or block (error "No example with %s in the README" text)))))

(defun evaluate (text)
  (eval (car (read-from-string (format "(progn %s)" text))) t))

(defun open-file (name)
  "Open NAME as a user does, and wait for the server."
  (switch-to-buffer (find-file-noselect name))
  (ignore-errors (run-hooks 'post-command-hook)) ; `eglot-ensure' waits for the end of the command.
  (check (wait #'eglot-current-server) "the server attaches to %s in %s" name major-mode))

(defun findings ()
  (flymake-start)
  (flymake-diagnostics))

(defun finding (text)
  (seq-find (lambda (found) (string-match-p text (flymake-diagnostic-text found))) (findings)))

(setq make-backup-files nil auto-save-default nil create-lockfiles nil
      last-nonmenu-event ?x) ; As if commands were typed: menus are then asked for in words.

(evaluate (documented "eglot-ensure"))

(princ "== findings, hover, fix\n")
(open-file "disk.json")
(let ((found (wait (lambda () (finding "8192")))))
  (when (check found "the finding is shown")
    (check (= (length (findings)) 1) "once, and no other")
    (check (equal (buffer-substring (flymake-diagnostic-beg found) (flymake-diagnostic-end found)) "8192")
           "it underlines the size")
    (goto-char (flymake-diagnostic-beg found))
    (let (shown)
      (run-hook-with-args 'eldoc-documentation-functions
                          (lambda (text &rest _)
                            (when (string-match-p "UserErrorUnsupportedDiskSize" (format "%s" text))
                              (setq shown text))))
      (check (wait (lambda () shown)) "hovering tells the error of Azure"))
    (let (offered)
      (cl-letf (((symbol-function 'completing-read)
                 (lambda (_prompt items &rest _)
                   (setq offered (mapcar #'car items))
                   (seq-find (lambda (title) (string-match-p "4095 GiB" title)) offered))))
        (call-interactively #'eglot-code-actions))
      (check (seq-some (lambda (title) (string-prefix-p "Make the disk 4095 GiB large" title)) offered)
             "fixes are offered: %S" offered))
    (let ((inhibit-message t))
      (save-buffer))
    (check (wait (lambda () (null (findings)))) "the finding is gone")
    (with-temp-buffer
      (insert-file-contents "disk.json")
      (check (search-forward "4095" nil t) "the file is fixed"))))

(princ "== outline and definition\n")
(open-file "estate.json")
(check (wait (lambda () (finding "42 instant restore points"))) "the finding is shown")
(let ((names (ignore-errors (flatten-tree (funcall imenu-create-index-function)))))
  (check (seq-find (lambda (name) (and (stringp name) (string-match-p "often" name))) names) "imenu lists the policy"))
(goto-char (point-min))
(search-forward "'safe', 'often'")
(backward-char 3)
(let ((inhibit-message t))
  (ignore-errors (call-interactively #'xref-find-definitions)))
(check (string-match-p "\"name\": \"safe/often\"" (thing-at-point 'line)) "from the item to its policy")

(princ "== settings\n")
(evaluate (documented "eglot-workspace-configuration"))
(check (finding "42 instant restore points") "the finding is there before")
(ignore-errors (eglot-signal-didChangeConfiguration (eglot-current-server)))
(check (wait (lambda () (null (findings)))) "today's limits only: the finding is gone")

(ignore-errors (eglot-shutdown-all))
(princ (format "%d passed, %d failed\n" passed failed))
(kill-emacs (if (= failed 0) 0 1))
